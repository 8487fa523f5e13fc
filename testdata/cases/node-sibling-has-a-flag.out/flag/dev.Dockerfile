FROM node:22
WORKDIR /app
COPY . .
RUN npm ci
CMD ["node", "-r", "dd-trace/init", "index.js"]
