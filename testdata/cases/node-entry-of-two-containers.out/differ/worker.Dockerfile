FROM node:20
WORKDIR /app
COPY package.json server.js ./
RUN npm install
CMD ["node", "server.js"]
