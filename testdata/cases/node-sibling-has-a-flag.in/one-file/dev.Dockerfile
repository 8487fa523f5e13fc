FROM node:22
WORKDIR /app
COPY package.json index.js ./
RUN npm install
CMD ["node", "-r", "dd-trace/init", "index.js"]
